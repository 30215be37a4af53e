import { Link } from "wouter";
import { importLab } from "@/actions/importLab";
import { newLab } from "@/actions/newLab";
import { runAction } from "@/actions/run";
import type { Session } from "@/api/types";
import { CommandButton, ThemeButton } from "@/panels/TopBar";
import { UserMenu } from "@/panels/UserMenu";
import { Button } from "@/ui/Button";

export function LabsBar({ session }: { session: Session }) {
  return (
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
        <Button icon="import" onClick={() => runAction(importLab)}>
          Import
        </Button>
        <Button icon="plus" look="primary" onClick={() => runAction(newLab)}>
          New lab
        </Button>
        <span className="sep" />
        <ThemeButton />
        <UserMenu session={session} />
      </div>
    </header>
  );
}
