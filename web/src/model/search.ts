// Finding by typed words: every word must occur; the start of a word counts more.

/** 0 when it does not match, else higher is better. */
export function score(query: string, text: string): number {
  const hay = text.toLowerCase();
  let sum = 1;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = hay.indexOf(word);
    if (at < 0) return 0;
    sum += at === 0 ? 4 : /[\s-]/.test(hay.charAt(at - 1)) ? 2 : 1;
  }
  return sum;
}

/** The text cut into what matches and what does not. */
export function pieces(query: string, text: string): { text: string; hit: boolean }[] {
  const words = query.split(/\s+/).filter(Boolean).map(escape);
  if (words.length === 0) return [{ text, hit: false }];
  const parts = text.split(new RegExp(`(${words.join("|")})`, "gi"));
  return parts.map((part, i) => ({ text: part, hit: i % 2 === 1 })).filter((p) => p.text !== "");
}

const escape = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
