// What is the same for all labs: templates, samples, the host.
import { useQuery } from "@tanstack/react-query";
import { body, http } from "./client";
import { keys } from "./queries";
import type { Sample, Template } from "./types";

export function useTemplates(): ReadonlyMap<string, Template> {
  const { data } = useQuery({ queryKey: keys.templates, queryFn: fetchTemplates });
  return data ?? NONE;
}

const NONE: ReadonlyMap<string, Template> = new Map();

async function fetchTemplates(): Promise<ReadonlyMap<string, Template>> {
  const { items } = await body(http.GET("/api/v1/templates"));
  return new Map(items.map((template) => [template.id, template]));
}

export function useSamples() {
  return useQuery({
    queryKey: keys.samples,
    queryFn: async () => (await body(http.GET("/api/v1/samples"))).items as Sample[],
  });
}

export function useSystem() {
  return useQuery({ queryKey: keys.system, queryFn: () => body(http.GET("/api/v1/system")) });
}
