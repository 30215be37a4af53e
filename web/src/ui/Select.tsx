import { type ComponentPropsWithRef, useId } from "react";

interface Props extends Omit<ComponentPropsWithRef<"select">, "onChange"> {
  label: string;
  /** The label is read out alone: the column or the row says it already. */
  quiet?: boolean;
  options: { value: string; name: string }[];
  onChange: (value: string) => void;
}

/** The browser's own list: it needs no learning, with any keyboard. */
export function Select({ label, quiet, options, onChange, ...select }: Props) {
  const id = useId();
  return (
    <div>
      {!quiet && <label htmlFor={id}>{label}</label>}
      <div className="field select">
        <select {...select} id={id} aria-label={quiet ? label : undefined} onChange={(event) => onChange(event.target.value)}>
          {options.map(({ value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}
