import { type ComponentPropsWithRef, type ReactNode, useId } from "react";

interface Props extends ComponentPropsWithRef<"input"> {
  label: string;
  error?: string | null;
  end?: ReactNode;
}

/** A labelled input of a dialog or form. */
export function Field({ label, error, end, ...input }: Props) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <div className={`field ${error ? "is-error" : ""}`}>
        <input {...input} id={id} aria-invalid={error ? true : undefined} aria-describedby={error ? `${id}-e` : undefined} />
        {end}
      </div>
      {error && (
        <div className="help e" id={`${id}-e`} role="alert">
          {error}
        </div>
      )}
    </div>
  );
}
