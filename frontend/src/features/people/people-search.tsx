import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useNavigate } from "react-router";
import { Avatar } from "@/components/avatar";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import type { FoundPerson } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { isComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { typedUsername } from "@/lib/names";
import { paths } from "@/lib/paths";
import { usePeopleSearch } from "./use-people-search";

/** Finds people as one types, by keyboard too: arrows choose, Enter opens, Escape closes. */
export function PeopleSearch() {
  const navigate = useNavigate();
  const list = useId();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const { people, error, settled } = usePeopleSearch(text);
  const found = people ?? [];
  const chosen = found[Math.min(active, found.length - 1)];
  const shown = open && text.trim() !== "";

  const chosenId = shown && chosen ? optionId(list, chosen) : undefined;
  useEffect(() => {
    // By keyboard one goes further than what is in sight.
    if (chosenId) document.getElementById(chosenId)?.scrollIntoView({ block: "nearest" });
  }, [chosenId]);

  const go = (username: string) => {
    setText("");
    setOpen(false);
    void navigate(paths.user(username));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const last = found.length - 1;
    switch (event.key) {
      case "ArrowDown":
        setOpen(true);
        setActive(active >= last ? 0 : active + 1);
        break;
      case "ArrowUp":
        setActive(active <= 0 ? last : active - 1);
        break;
      case "Enter":
        // Whoever is faster than the search knows the username.
        if (chosen && settled) go(chosen.username);
        else if (USERNAME.test(typedUsername(text))) go(typedUsername(text));
        break;
      case "Escape":
        if (shown) setOpen(false);
        else setText("");
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <search
      className="relative block"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute start-4 top-6 size-5 -translate-y-1/2 text-ink-faint"
      />
      <Input
        role="combobox"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onKeyDown={onKeyDown}
        aria-label={t.friends.search}
        aria-expanded={shown}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={chosenId}
        placeholder={t.friends.searchHint}
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        className="rounded-full ps-11.5 pe-11"
      />
      {shown && !settled && (
        <Spinner className="absolute end-4 top-6 -translate-y-1/2 text-brand" />
      )}
      <p role="status" className="sr-only">
        {shown && settled && !error && people && t.friends.found(people.length)}
      </p>
      <div
        className={cn(
          "absolute inset-x-0 top-14 z-30 max-h-[min(26rem,60dvh)] animate-rise overflow-y-auto rounded-2xl border border-line bg-raised p-1.5 shadow-card",
          !shown && "hidden",
        )}
      >
        <div id={list} role="listbox" aria-label={t.friends.results}>
          {shown &&
            found.map((person) => (
              // The keyboard stays in the text field; aria-activedescendant tells where one is.
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field's own keys do it
              // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field
              <div
                key={person.id}
                id={optionId(list, person)}
                role="option"
                aria-selected={person === chosen}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => go(person.username)}
                className="flex min-h-14 cursor-pointer items-center gap-3 rounded-xl px-2.5 hover:bg-hover aria-selected:bg-hover"
              >
                <Avatar person={person} size="sm" />
                <span className="min-w-0 flex-1 leading-tight">
                  <bdi className="block truncate font-semibold">{person.display_name}</bdi>
                  <span className="block truncate text-sm text-ink-faint">@{person.username}</span>
                </span>
                <RelationshipMark person={person} />
              </div>
            ))}
        </div>
        {shown && found.length === 0 && (
          <p className="px-3 py-4 text-center text-ink-soft">
            {error ? (
              <span role="alert">{t.friends.searchFailed}</span>
            ) : settled && people ? (
              t.friends.searchNone(text.trim())
            ) : (
              t.friends.searching
            )}
          </p>
        )}
      </div>
    </search>
  );
}

/** The rule of usernames: anything else that is typed is looked for. */
const USERNAME = /^[a-z0-9_]{3,30}$/;

const optionId = (list: string, person: FoundPerson): string => `${list}-${person.id}`;

function RelationshipMark({ person }: { person: FoundPerson }) {
  const text = {
    friends: t.relationship.friends,
    requested: t.relationship.requested,
    requested_by: t.friends.requestsTitle,
    self: t.chat.you,
    blocked: null,
    none: null,
  }[person.relationship];
  return text && <span className="shrink-0 text-xs font-semibold text-ink-faint">{text}</span>;
}
