import type { ReactNode } from "react";
import { Icon } from "./Icon";

interface Props {
  tone: "warn" | "info" | "bad";
  icon: string;
  className?: string;
  children: ReactNode;
  action?: ReactNode;
}

export function Banner({ tone, icon, className = "", children, action }: Props) {
  return (
    <div className={`ban ${tone} ${className}`} role="status">
      <Icon name={icon} />
      <span>{children}</span>
      {action}
    </div>
  );
}
