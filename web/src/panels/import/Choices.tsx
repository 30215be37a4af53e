// What can be chosen before an import: values of variables, other images for those that this host lacks.
import { type SyntheticEvent, useId } from "react";
import type { ReadingChoices } from "@/api/labs";
import type { LabImage } from "@/api/types";
import { listed } from "@/model/words";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Icon } from "@/ui/Icon";

interface Props {
  images: LabImage[];
  unset: string[];
  choices: ReadingChoices;
  /** Something was typed that was not chosen yet. */
  onType: () => void;
  onChoose: (choices: ReadingChoices) => void;
}

export function Choices({ images, unset, choices, onType, onChoose }: Props) {
  // An image whose name has a variable without a value is asked for by that variable.
  const missing = images.filter(({ here, image }) => !here && !image.includes("$"));
  // What stands in for another is told with that one.
  const standIns = Object.values(choices.images);
  const froms = [...new Set([...Object.keys(choices.images), ...missing.map(({ image }) => image).filter((image) => !standIns.includes(image))])];
  const names = [...new Set([...Object.keys(choices.variables), ...unset])];
  if (froms.length === 0 && names.length === 0) return null;
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const given = (kind: string, keys: string[]) => {
      const text = (key: string) => data.get(`${kind} ${key}`);
      const pairs = keys.map((key): [string, FormDataEntryValue | null] => [key, text(key)]);
      return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string" && pair[1].trim() !== "").map(([key, value]) => [key, value.trim()]));
    };
    onChoose({ variables: given("variable", names), images: given("image", froms) });
  };
  return (
    <form className={`choices ${missing.length + unset.length > 0 ? "open" : ""}`} onSubmit={submit} onInput={onType}>
      {names.map((name) => (
        <Field key={name} label={`Value of $${name}`} name={`variable ${name}`} defaultValue={choices.variables[name] ?? ""} autoComplete="off" spellCheck={false} />
      ))}
      {froms.map((from) => (
        <Missing key={from} from={from} image={missing.find(({ image }) => image === (choices.images[from] ?? from))} to={choices.images[from] ?? ""} />
      ))}
      <Button type="submit" icon="restart">
        Read it with these
      </Button>
    </form>
  );
}

function Missing({ from, image, to }: { from: string; image: LabImage | undefined; to: string }) {
  const list = useId();
  return (
    <div className="missing">
      {image && (
        <p>
          <Icon name="warning" className="i14" />
          <span>
            <b>{image.image}</b> is not on this host ({listed(image.nodes)}). Starting the lab pulls it, if a registry has it.
          </span>
        </p>
      )}
      <Field label={`Instead of ${from} use`} name={`image ${from}`} defaultValue={to} list={list} placeholder={image?.nearest[0] ? `for example ${image.nearest[0]}` : "the same"} autoComplete="off" spellCheck={false} />
      <datalist id={list}>
        {image?.nearest.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}
