// Whether the page that is served by now is another than this one: nova-ve was upgraded under an open tab.
import { programOf } from "@/model/newer";

/** False where it cannot be told. */
export async function isNewerServed(): Promise<boolean> {
  const own = programOf(document.documentElement.outerHTML);
  try {
    const answer = await fetch("/", { cache: "no-cache" });
    const served = answer.ok ? programOf(await answer.text()) : null;
    return served !== null && own !== null && served !== own;
  } catch {
    return false;
  }
}
