// The images that this host has, who uses them, and the room that is left. Administrators bring and remove.
import { pullImage } from "@/actions/pullImage";
import { runAction, tellIfItFails } from "@/actions/run";
import { causeAndCure } from "@/api/errors";
import { useImages } from "@/api/images";
import type { Session } from "@/api/types";
import { roomWords } from "@/model/images";
import { count } from "@/model/words";
import { useNow } from "@/view/clock";
import { Button } from "@/ui/Button";
import { PageState } from "../PageState";
import { ImageRow } from "./ImageRow";
import { LoadButton } from "./LoadButton";
import { prune } from "./removal";

export function ImagesPage({ session }: { session: Session }) {
  const { data, error, refetch } = useImages();
  const now_ms = useNow(60_000);
  const admin = session.user.role === "admin";
  if (error && !data) return <NoImages error={error} retry={() => void refetch()} />;
  const items = data?.items ?? [];
  return (
    <>
      <div className="title">
        <h1>Images</h1>
        <span className="muted">{data ? [count(items.length, "image"), roomWords(data.room)].filter(Boolean).join(", ") : "Looking"}</span>
        {admin && (
          <div className="end">
            <Button icon="trash" off={items.length > 0 ? null : "There is none."} onClick={() => tellIfItFails(prune)}>
              Remove unused
            </Button>
            <LoadButton />
            <Button icon="import" look="primary" onClick={() => runAction(pullImage)}>
              Pull
            </Button>
          </div>
        )}
      </div>
      {items.length > 0 && (
        <table className="rowsheet images">
          <thead>
            <tr>
              <th>Name</th>
              <th>Size</th>
              <th>Made</th>
              <th>Used by</th>
              <th>
                <span className="sr">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((image) => (
              <ImageRow key={image.id} image={image} now_ms={now_ms} admin={admin} />
            ))}
          </tbody>
        </table>
      )}
      {data && items.length === 0 && <p className="muted">No images yet. {admin ? "Pull one, load an archive of docker save," : "An administrator can pull one,"} or make ours with nova-ve image build frr.</p>}
    </>
  );
}

/** A host without an engine is as it should be: its labs run without containers. */
function NoImages({ error, retry }: { error: unknown; retry: () => void }) {
  const { cause, cure } = causeAndCure(error);
  return (
    <PageState title="This host’s images cannot be listed">
      <p>{cause}</p>
      {cure && <p>{cure}</p>}
      <Button onClick={retry}>Try again</Button>
    </PageState>
  );
}
