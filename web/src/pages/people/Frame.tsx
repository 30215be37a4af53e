// The frame of the pages beside the labs: the way back to them, and from page to page.
import { type ReactNode, useEffect } from "react";
import { Link, useLocation } from "wouter";
import type { Session } from "@/api/types";
import { CommandButton, ThemeButton } from "@/panels/TopBar";
import { UserMenu } from "@/panels/UserMenu";
import { Icon } from "@/ui/Icon";

const PAGES = [
  { path: "/", icon: "grid", name: "All labs", admin: false },
  { path: "/images", icon: "image", name: "Images", admin: false },
  { path: "/account", icon: "settings", name: "Your account", admin: false },
  { path: "/admin", icon: "users", name: "Users", admin: true },
  { path: "/admin/audit", icon: "list", name: "Audit log", admin: true },
];

export function Frame({ session, children }: { session: Session; children: ReactNode }) {
  const [path] = useLocation();
  const pages = PAGES.filter(({ admin }) => !admin || session.user.role === "admin");
  const title = pages.find((page) => page.path === path)?.name;
  useEffect(() => {
    document.title = `${title ?? "nova-ve"} · nova-ve`;
  }, [title]);
  return (
    <div className="labs">
      <header className="bar">
        <Link className="brand" href="/">
          <svg aria-hidden="true">
            <use href="#i-mark" />
          </svg>
          nova-ve
        </Link>
        <div className="mid">
          <CommandButton words="Search labs or run a command" />
        </div>
        <div className="right">
          <ThemeButton />
          <UserMenu session={session} />
        </div>
      </header>
      <nav className="nav" aria-label="Pages">
        {pages.map((page) => (
          <Link key={page.path} href={page.path} aria-current={page.path === path ? "page" : undefined}>
            <Icon name={page.icon} />
            {page.name}
          </Link>
        ))}
      </nav>
      <main className="labs-main people-main">{children}</main>
    </div>
  );
}
