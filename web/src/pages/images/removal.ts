// Removing images: what would be missed is said first.
import { pruneImages, removeImage } from "@/api/images";
import type { Image } from "@/api/types";
import { size, titleOfImage, usesWords } from "@/model/images";
import { count, listed } from "@/model/words";
import { ask } from "@/view/dialogs";
import { notify } from "@/view/toasts";

export async function remove(image: Image): Promise<void> {
  const title = titleOfImage(image);
  const uses = usesWords(image);
  const others = image.names.length - 1;
  const text = others > 0 ? `It stays under ${count(others, "other name")}.` : `${size(image.bytes)} are freed.`;
  const yes = await ask({ title: `Remove ${title}?`, text: uses ? `Used by ${uses}. Their nodes pull it again when they start, or cannot. ${text}` : text, yes: "Remove", danger: true });
  if (!yes) return;
  const { freed_bytes } = await removeImage(image.names[0] ?? image.id, image.used_by.length > 0);
  notify({ tone: "good", icon: "check", title: `${title} is removed`, ...(freed_bytes > 0 ? { text: `${size(freed_bytes)} freed` } : {}) });
}

export async function prune(): Promise<void> {
  const { removed, freed_bytes } = await pruneImages(true);
  if (removed.length === 0) {
    notify({ tone: "note", icon: "image", title: "Every image is used" });
    return;
  }
  const yes = await ask({ title: `Remove ${count(removed.length, "image")} that no lab and no container uses?`, text: `${listed(removed, 8)}. Up to ${size(freed_bytes)} are freed.`, yes: "Remove unused", danger: true });
  if (!yes) return;
  const gone = await pruneImages(false);
  notify({ tone: "good", icon: "check", title: `${count(gone.removed.length, "image")} removed`, text: `${size(gone.freed_bytes)} freed` });
}
