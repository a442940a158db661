// The tags of a secret that is being created: a row each, a new one by a button.

import { useEffect, useRef } from "preact/hooks";
import { Field } from "../components/field";
import { Icon } from "../components/icons";
import { judgeTag } from "../rules";

export interface TagDraft {
  readonly id: number;
  key: string;
  value: string;
}

let ids = 0;

export function emptyTag(): TagDraft {
  ids += 1;
  return { id: ids, key: "", value: "" };
}

/** What is wrong with each tag; a row without any text is no tag. */
export function tagProblems(tags: readonly TagDraft[]): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, readonly string[]>();
  const keys = new Set<string>();
  for (const { id, key, value } of tags) {
    if (key === "" && value === "") continue;
    const problems = judgeTag(key, value).map((problem) => problem.message);
    if (keys.has(key)) problems.push(`The key ${key} is used twice.`);
    keys.add(key);
    if (problems.length > 0) found.set(id, problems);
  }
  return found;
}

interface TagsEditorProps {
  tags: readonly TagDraft[];
  onTags: (tags: readonly TagDraft[]) => void;
}

export function TagsEditor({ tags, onTags }: TagsEditorProps) {
  const list = useRef<HTMLUListElement>(null);
  const before = useRef(tags.length);
  const problems = tagProblems(tags);

  useEffect(() => {
    // A row that was added is where one wants to type next.
    if (tags.length > before.current) list.current?.lastElementChild?.querySelector("input")?.focus();
    before.current = tags.length;
  }, [tags.length]);

  const change = (id: number, changed: Partial<TagDraft>) =>
    onTags(tags.map((tag) => (tag.id === id ? { ...tag, ...changed } : tag)));

  return (
    <fieldset class="tags-editor">
      <legend>Tags</legend>
      <ul ref={list}>
        {tags.map(({ id, key, value }, index) => (
          <li key={id}>
            <Field label={`Key of tag ${index + 1}`} class="bare" problems={problems.get(id)}>
              {(tied) => (
                <input
                  {...tied}
                  placeholder="Key"
                  autocomplete="off"
                  autocapitalize="off"
                  spellcheck={false}
                  value={key}
                  onInput={(event) => change(id, { key: event.currentTarget.value })}
                />
              )}
            </Field>
            <Field label={`Value of tag ${index + 1}`} class="bare">
              {(tied) => (
                <input
                  {...tied}
                  placeholder="Value (optional)"
                  autocomplete="off"
                  autocapitalize="off"
                  spellcheck={false}
                  value={value}
                  onInput={(event) => change(id, { value: event.currentTarget.value })}
                />
              )}
            </Field>
            <button
              class="button quiet icon-only"
              type="button"
              aria-label={`Remove tag ${index + 1}`}
              onClick={() => onTags(tags.filter((tag) => tag.id !== id))}
            >
              <Icon name="cross" />
            </button>
          </li>
        ))}
      </ul>
      <button class="button small" type="button" onClick={() => onTags([...tags, emptyTag()])}>
        <Icon name="plus" />
        Add a tag
      </button>
    </fieldset>
  );
}
