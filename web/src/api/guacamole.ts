// Consoles in Guacamole, where the server is joined with one.
import { body, http } from "./client";
import type { System } from "./types";

/** The address of a page that shows the console, for one connection soon; it holds a token. */
export async function addressInGuacamole(lab: string, node: number, console: string): Promise<string> {
  const path = { lab, node, console };
  return (await body(http.POST("/api/v1/labs/{lab}/nodes/{node}/consoles/{console}/guacamole", { params: { path } }))).address;
}

export const hasGuacamole = (system: System | undefined): boolean => system?.guacamole ?? false;
