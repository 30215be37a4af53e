// Images of the host's container engine.
import { useQuery } from "@tanstack/react-query";
import { body, http, raw } from "./client";
import { ApiProblem } from "./errors";
import { keys, queryClient } from "./queries";
import type { LabImage, PullProgress } from "./types";

export function useImages() {
  return useQuery({ queryKey: keys.images, queryFn: () => body(http.GET("/api/v1/images")), staleTime: 0 });
}

/** While something is missing it is looked for again and again: a start may pull it, or somebody by hand. */
const LOOK_AGAIN_MS = 10_000;

/** What the lab's containers need; asked again when `key` changes, and not where it is empty. */
export function useLabImages(lab: string, key: string) {
  const ask = async () => (await body(http.GET("/api/v1/labs/{lab}/images", { params: { path: { lab } } }))).items;
  return useQuery({
    queryKey: [...keys.labImages(lab), key],
    queryFn: ask,
    enabled: key !== "",
    placeholderData: (old: LabImage[] | undefined) => old,
    refetchInterval: ({ state }) => (state.data?.some((image) => !image.here) ? LOOK_AGAIN_MS : false),
  });
}

async function changed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    void queryClient.invalidateQueries({ queryKey: keys.images });
  }
}

/** Ends when the image is here, fails when it cannot be had; `signal` gives up. */
export async function pullImage(name: string, onDoing: (what: string) => void, signal: AbortSignal): Promise<string> {
  const stream = await body(http.POST("/api/v1/images/pull", { body: { name }, parseAs: "stream", signal }));
  return changed(lastLine(stream, onDoing));
}

async function lastLine(stream: ReadableStream<Uint8Array>, onDoing: (what: string) => void): Promise<string> {
  let rest = "";
  const reader = stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter(Boolean)) {
      const news = JSON.parse(line) as PullProgress;
      if (news.progress === "doing") onDoing(news.what);
      if (news.progress === "loaded") return news.name;
      if (news.progress === "failed") throw new ApiProblem(0, { code: "image_failed", title: news.why });
    }
    if (done) throw new ApiProblem(0, { code: "image_failed", title: "The connection ended before the image was here.", detail: "Layers that came are kept; pull it again." });
  }
}

/** Names of what an archive of `docker save` held. */
export async function loadImages(archive: File): Promise<string[]> {
  const { names } = await changed(raw<{ names: string[] }>("/images", { method: "PUT", body: archive, headers: { "Content-Type": "application/x-tar" } }));
  return names;
}

/** `anyway`: also when labs name it. */
export const removeImage = (name: string, anyway: boolean) => changed(body(http.DELETE("/api/v1/images", { params: { query: { name, anyway } } })));

/** What no lab and no container uses. */
export const pruneImages = (dry_run: boolean) => changed(body(http.POST("/api/v1/images/prune", { body: { all: true, dry_run } })));
