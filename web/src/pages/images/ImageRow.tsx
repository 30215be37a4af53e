import { Link } from "wouter";
import { tellIfItFails } from "@/actions/run";
import type { Image } from "@/api/types";
import { otherUses, size, titleOfImage, usesWords } from "@/model/images";
import { ago } from "@/model/words";
import { IconButton } from "@/ui/Button";
import { remove } from "./removal";

interface Props {
  image: Image;
  now_ms: number;
  admin: boolean;
}

export function ImageRow({ image, now_ms, admin }: Props) {
  const title = titleOfImage(image);
  const [, ...others] = image.names;
  return (
    <tr>
      <th scope="row">
        {title}
        {image.names.length === 0 && <span className="chip">no name</span>}
        {others.length > 0 && <em title={others.join("\n")}>also {others.join(", ")}</em>}
      </th>
      <td className="num">{size(image.bytes)}</td>
      <td className="muted">{ago(image.created_ms, now_ms)}</td>
      <td>
        <Uses image={image} />
      </td>
      <td className="end">{admin && <IconButton icon="trash" iconClass="i14" className="boxed" label={`Remove ${title}`} onClick={() => tellIfItFails(() => remove(image))} />}</td>
    </tr>
  );
}

function Uses({ image }: { image: Image }) {
  if (usesWords(image) === "") return <span className="muted">nothing</span>;
  return (
    <>
      {image.used_by.map(({ lab, lab_name, nodes }) => (
        <Link key={lab} href={`/labs/${lab}`} title={nodes.join(", ")}>
          {lab_name}
        </Link>
      ))}
      {otherUses(image)}
    </>
  );
}
