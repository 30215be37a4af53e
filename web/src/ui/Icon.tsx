// An icon of the sprite that lies in the page.
import type { CSSProperties } from "react";

interface Props {
  name: string;
  className?: string;
  style?: CSSProperties;
}

/** Decorative: the words stand beside it, or in the button's label. */
export function Icon({ name, className = "", style }: Props) {
  return (
    <svg className={`i ${className}`} style={style} aria-hidden="true" focusable="false">
      <use href={`#i-${name}`} />
    </svg>
  );
}
