// Buttons. One that cannot be pressed stays focusable and says why on hover and to screen readers.
import { Tooltip, UnstyledButton } from "@mantine/core";
import type { ComponentPropsWithRef, ReactNode } from "react";
import { Icon } from "./Icon";

interface Common extends Omit<ComponentPropsWithRef<"button">, "title"> {
  /** Why it cannot be pressed now; absent: it can. */
  off?: string | null | undefined;
  /** Shown on hover when it can be pressed. */
  tip?: ReactNode;
}

type Look = "primary" | "quiet" | "danger" | "danger-solid";

export interface ButtonProps extends Common {
  icon?: string;
  look?: Look;
  size?: "sm" | "lg";
  iconClass?: string;
}

export function Button({ icon, iconClass = "", look, size, className = "", children, ...rest }: ButtonProps) {
  return (
    <Pressable {...rest} className={`btn ${look ?? ""} ${size ?? ""} ${className}`}>
      {icon && <Icon name={icon} className={`i14 ${iconClass}`} />}
      {children}
    </Pressable>
  );
}

export interface IconButtonProps extends Common {
  icon: string;
  label: string;
  iconClass?: string;
}

export function IconButton({ icon, label, iconClass = "", className = "", tip, ...rest }: IconButtonProps) {
  return (
    <Pressable {...rest} tip={tip ?? label} className={`ib ${className}`} aria-label={label}>
      <Icon name={icon} className={iconClass} />
    </Pressable>
  );
}

function Pressable({ off, tip, onClick, children, type = "button", ...rest }: Common) {
  const button = (
    <UnstyledButton
      {...rest}
      unstyled
      type={type}
      aria-disabled={off ? true : undefined}
      aria-description={off ?? undefined}
      onClick={off ? (event: { preventDefault: () => void }) => event.preventDefault() : onClick}
    >
      {children}
    </UnstyledButton>
  );
  const words = off ?? tip;
  if (!words) return button;
  return (
    <Tooltip label={words} openDelay={450} withinPortal>
      {button}
    </Tooltip>
  );
}
