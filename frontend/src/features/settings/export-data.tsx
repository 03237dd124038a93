import { Download } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";

/** Downloads all that Echo holds of one, as a file. */
export function ExportData() {
  const [bytes, setBytes] = useState<number | null>(null);
  const busy = bytes !== null;

  const download = async () => {
    setBytes(0);
    try {
      const { data, headers } = await http.get<ArrayBuffer>("/v1/me/export", {
        responseType: "arraybuffer",
        // It takes as long as there is much.
        timeout: 0,
        onDownloadProgress: ({ loaded }) => setBytes(loaded),
      });
      save(new Blob([data], { type: "application/json" }), nameIn(headers["content-disposition"]));
      showToast("done", t.settings.exported);
    } catch (error) {
      showToast("error", `${t.settings.exportFailed} ${toProblem(error).text}`);
    } finally {
      setBytes(null);
    }
  };

  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button variant="outline" pending={busy} onClick={() => void download()}>
        <Download aria-hidden="true" />
        {t.settings.export}
      </Button>
      <p role="status" className="text-sm text-ink-soft tabular-nums">
        {busy && t.settings.exporting(Math.round(bytes / 1024))}
      </p>
    </div>
  );
}

function nameIn(disposition: unknown): string {
  return /filename="([^"]+)"/.exec(String(disposition))?.[1] ?? "echo.json";
}

function save(data: Blob, name: string): void {
  const url = URL.createObjectURL(data);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
