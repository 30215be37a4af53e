/** The address of a page's program. Builds name it by its contents, so that it tells two builds apart. */
export function programOf(html: string): string | null {
  const scripts = html.match(/<script\b[^>]*>/g) ?? [];
  const program = scripts.find((tag) => /\btype="module"/.test(tag));
  return program?.match(/\bsrc="([^"]+)"/)?.[1] ?? null;
}
