import { contactTagsMax } from "../tables.ts";

type Places = readonly (string | null)[];

/**
 * A place of its own for each tag, since an item stands in each index at most once. Tags that stay keep their place, so
 * that a change of one tag moves no other; new ones take the first that are free.
 */
export function tagPlaces(before: Places, tags: readonly string[]): (string | null)[] {
  const places = Array.from({ length: contactTagsMax }, (_, place) => {
    const held = before[place] ?? null;
    return held !== null && tags.includes(held) ? held : null;
  });
  for (const tag of tags) if (!places.includes(tag)) places[places.indexOf(null)] = tag;
  return places.slice(0, places.findLastIndex(tag => tag !== null) + 1);
}
