import { useState } from "react";
import { pickFiles } from "@/actions/pickFiles";
import { tellIfItFails } from "@/actions/run";
import { loadImages } from "@/api/images";
import { listed } from "@/model/words";
import { Button } from "@/ui/Button";
import { notify } from "@/view/toasts";

/** Images from an archive, as `docker save` writes it. */
export function LoadButton() {
  const [loading, setLoading] = useState<string | null>(null);
  const load = async () => {
    try {
      for (const { path, file } of await pickFiles({ accept: ".tar,.tar.gz,.tgz,application/x-tar" })) {
        setLoading(path);
        notify({ tone: "good", icon: "check", title: "Loaded", text: listed(await loadImages(file)) });
      }
    } finally {
      setLoading(null);
    }
  };
  return (
    <Button icon="file" off={loading && `${loading} is being loaded.`} onClick={() => tellIfItFails(load)} aria-busy={loading !== null}>
      {loading ? "Loading" : "Load an archive"}
    </Button>
  );
}
