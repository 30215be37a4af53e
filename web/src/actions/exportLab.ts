import { exportUrl } from "@/api/labs";
import type { Action } from "./action";
import { noLab } from "./may";

export const exportLab: Action = {
  id: "export-lab",
  name: () => "Export lab as a file",
  icon: "export",
  places: ["sheet"],
  off: noLab,
  perform: ({ lab }) => {
    if (lab) download(exportUrl(lab.lab.id));
  },
};

/** The server names the file. */
export function download(url: string): void {
  const a = document.createElement("a");
  a.href = url;
  a.download = "";
  a.click();
}
