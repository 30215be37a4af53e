import { pull } from "@/actions/pullImage";
import { cachedSession } from "@/api/session";
import { useLabImages } from "@/api/images";
import type { LabDetail } from "@/api/types";
import { imageKey, missingWords } from "@/model/images";
import { Banner } from "@/ui/Banner";
import { Button } from "@/ui/Button";

/** Before the first node starts: what its containers need and this host lacks. */
export function MissingImages({ detail }: { detail: LabDetail }) {
  const { data: images } = useLabImages(detail.lab.id, imageKey(detail.lab));
  const missing = images?.filter((image) => !image.here) ?? [];
  const [first] = missing;
  if (!first) return null;
  const { title, text } = missingWords(missing);
  const action = cachedSession()?.user.role === "admin" && (
    <Button size="sm" onClick={() => pull(first.image)}>
      Pull
    </Button>
  );
  return (
    <Banner tone="warn" icon="image" action={action}>
      <b>{title}</b> {text}
    </Banner>
  );
}
