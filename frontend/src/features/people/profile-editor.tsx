import { zodResolver } from "@hookform/resolvers/zod";
import { useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod/mini";
import { Avatar } from "@/components/avatar";
import { Ripples } from "@/components/ripples";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent, DialogFoot } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormAlert } from "@/components/ui/form-alert";
import { controlClasses, Input } from "@/components/ui/input";
import { toProblem } from "@/lib/api/problem";
import type { Profile } from "@/lib/api/types";
import { PICTURE_TYPES, refusalOf } from "@/lib/api/upload";
import { cn } from "@/lib/cn";
import { showProblem } from "@/lib/form-problem";
import { atMost, shortEnough, someText } from "@/lib/form-rules";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";
import { PictureCropper } from "./picture-cropper";
import { type PicturePlace, useSetPicture, useUpdateProfile } from "./use-edit-profile";

const schema = z.object({
  display_name: someText(50),
  bio: atMost(300),
  location: atMost(100),
  website: z.string().check(
    z.overwrite((value) => withScheme(value.trim())),
    shortEnough(200),
    z.regex(/^(https?:\/\/[^\s/]+\S*)?$/i, t.fields.website),
  ),
});
const FIELDS = ["display_name", "bio", "location", "website"] as const;

/** Nobody types the beginning of an address. */
const withScheme = (address: string) =>
  address === "" || address.includes("://") ? address : `https://${address}`;

interface ProfileEditorProps {
  profile: Profile;
  onClose: () => void;
}

/** What one tells of oneself, and one's pictures. */
export default function ProfileEditor({ profile, onClose }: ProfileEditorProps) {
  const update = useUpdateProfile();
  const [open, setOpen] = useState(true);
  const { register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(schema),
    defaultValues: {
      display_name: profile.display_name,
      bio: profile.bio,
      location: profile.location,
      website: profile.website,
    },
  });
  const { errors, isSubmitting, isDirty } = formState;
  const [cropping, setCropping] = useState<ReadonlySet<PicturePlace>>(new Set());
  const onCropping = (place: PicturePlace, now: boolean) =>
    setCropping((before) => {
      const after = new Set(before);
      if (now) after.add(place);
      else after.delete(place);
      return after;
    });

  const submit = handleSubmit(async (form) => {
    try {
      await update.mutateAsync({ ...form, display_name: form.display_name.trim() });
      showToast("done", t.profile.saved);
      setOpen(false);
    } catch (error) {
      showProblem(error, FIELDS, setError);
    }
  });

  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      onClosed={onClose}
      dirty={isDirty || cropping.size > 0}
    >
      <DialogContent title={t.profile.edit}>
        <div className="mt-4 space-y-4">
          <PictureField profile={profile} place="cover" onCropping={onCropping} />
          <PictureField profile={profile} place="avatar" onCropping={onCropping} />
        </div>
        <form onSubmit={submit} noValidate className="mt-5">
          <FormAlert message={errors.root?.message} />
          <div className="space-y-5">
            <Field label={t.auth.displayName} error={errors.display_name?.message}>
              {(control) => (
                <Input
                  {...control}
                  {...register("display_name")}
                  autoComplete="name"
                  data-autofocus=""
                />
              )}
            </Field>
            <Field label={t.profile.bio} error={errors.bio?.message}>
              {(control) => (
                <textarea
                  dir="auto"
                  {...control}
                  {...register("bio")}
                  rows={3}
                  className={cn(controlClasses, "px-4 py-2.5")}
                />
              )}
            </Field>
            <Field label={t.profile.location} error={errors.location?.message}>
              {(control) => <Input {...control} {...register("location")} />}
            </Field>
            <Field label={t.profile.website} error={errors.website?.message}>
              {(control) => (
                <Input
                  {...control}
                  {...register("website")}
                  type="url"
                  inputMode="url"
                  autoComplete="url"
                />
              )}
            </Field>
          </div>
          <DialogFoot>
            <DialogClose asChild>
              <Button variant="ghost">{t.actions.cancel}</Button>
            </DialogClose>
            <Button type="submit" pending={isSubmitting}>
              {t.profile.save}
            </Button>
          </DialogFoot>
        </form>
      </DialogContent>
    </Dialog>
  );
}

const SHAPES = {
  avatar: { aspect: 1, width: 512, round: true },
  cover: { aspect: 3, width: 1500, round: false },
} as const;

interface PictureFieldProps {
  profile: Profile;
  place: PicturePlace;
  /** A picture has been chosen, and isn’t in its place yet. */
  onCropping: (place: PicturePlace, now: boolean) => void;
}

function PictureField({ profile, place, onCropping }: PictureFieldProps) {
  const shape = SHAPES[place];
  const texts = t.profile.pictures[place];
  const set = useSetPicture(place);
  const [file, choosePicture] = useState<File | null>(null);
  const setFile = (chosen: File | null) => {
    choosePicture(chosen);
    onCropping(place, chosen !== null);
  };
  const picker = useRef<HTMLInputElement>(null);

  const choose = (chosen: File | undefined) => {
    const refusal = chosen && refusalOf(chosen);
    if (refusal) showToast("error", refusal);
    else setFile(chosen ?? null);
  };
  const save = (picture: Blob | null) =>
    set.mutate(picture, {
      onSuccess: () => setFile(null),
      onError: (error) => showToast("error", toProblem(error).text),
    });

  return (
    <section aria-label={texts.label} className="rounded-2xl border border-line p-3">
      {file ? (
        <PictureCropper
          file={file}
          {...shape}
          pending={set.isPending}
          onCancel={() => setFile(null)}
          onCropped={save}
        />
      ) : (
        <div className="flex flex-wrap items-center gap-3">
          {place === "avatar" ? (
            <Avatar person={profile} size="lg" />
          ) : (
            <Cover profile={profile} className="h-14 w-24 shrink-0 rounded-xl sm:w-32" />
          )}
          <span className="min-w-24 flex-1 leading-tight font-semibold">{texts.label}</span>
          <input
            ref={picker}
            type="file"
            accept={PICTURE_TYPES.join(",")}
            hidden
            aria-label={texts.change}
            onChange={(event) => {
              choose(event.target.files?.[0]);
              event.target.value = "";
            }}
          />
          <span className="ms-auto flex flex-wrap justify-end gap-1">
            <Button
              variant="soft"
              size="sm"
              aria-label={texts.change}
              onClick={() => picker.current?.click()}
            >
              {t.profile.change}
            </Button>
            {profile[place] && (
              <Button
                variant="danger"
                size="sm"
                aria-label={texts.remove}
                pending={set.isPending}
                onClick={() => save(null)}
              >
                {t.profile.remove}
              </Button>
            )}
          </span>
        </div>
      )}
    </section>
  );
}

function Cover({ profile, className }: { profile: Profile; className: string }) {
  return profile.cover ? (
    <img src={profile.cover} alt="" className={cn("object-cover", className)} />
  ) : (
    <Ripples seed={profile.id} className={className} />
  );
}
