import { QueryClientProvider } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { RouterProvider } from "react-router";
import { RootBoundary } from "@/components/root-boundary";
import { healPictures } from "@/lib/heal-pictures";
import { lazyPart } from "@/lib/modules";
import { createQueryClient, forgetOnAccountChange, refetchStaleReads } from "@/lib/query";
import { applyTheme } from "@/lib/theme";
import { ErrorPage } from "@/routes/error-page";
import { createRouter } from "@/routes/router";

// Nothing is said before something was done.
const Toaster = lazyPart(() => import("@/components/ui/toaster"));

export function App() {
  const [queries] = useState(createQueryClient);
  const [router] = useState(createRouter);

  useEffect(() => {
    applyTheme();
    const stops = [
      refetchStaleReads(queries),
      forgetOnAccountChange(queries),
      healPictures(queries),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [queries]);

  return (
    <RootBoundary fallback={<ErrorPage />}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        <Suspense>
          <Toaster />
        </Suspense>
      </QueryClientProvider>
    </RootBoundary>
  );
}
