// The bar over the editor: where one is, how the lab runs, what can be done from everywhere.
import { Link } from "wouter";
import { commands } from "@/actions/commands";
import { useContextNow } from "@/actions/context";
import { runAction } from "@/actions/run";
import { shareLab } from "@/actions/shareLab";
import { startLab } from "@/actions/startLab";
import { stopLab } from "@/actions/stopLab";
import { toggleTheme } from "@/actions/toggleTheme";
import { useSession } from "@/api/session";
import type { LabDetail } from "@/api/types";
import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Keys } from "@/ui/Keys";
import { useTheme } from "@/view/theme";
import { LabMenu } from "./LabMenu";
import { Pips } from "./Pips";
import { Saved } from "./Saved";
import { UserMenu } from "./UserMenu";

export function TopBar({ detail }: { detail: LabDetail }) {
  const context = useContextNow();
  const { data: session } = useSession();
  return (
    <header className="bar">
      <Link className="brand" href="/" aria-label="All labs">
        <svg aria-hidden="true">
          <use href="#i-mark" />
        </svg>
      </Link>
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link className="wide" href="/">
          Labs
        </Link>
        <Icon name="chevron-right" className="wide" />
        <h1 title={detail.lab.name}>{detail.lab.name}</h1>
        <LabMenu />
      </nav>
      <Saved />
      <div className="run">
        <Pips detail={detail} />
        <Button icon="start" iconClass="go" tip={<Keys shortcut="Shift+S" />} off={startLab.off(context)} onClick={() => runAction(startLab)} aria-label="Start lab">
          Start
        </Button>
        <Button icon="stop" tip={<Keys shortcut="Shift+S" />} off={stopLab.off(context)} onClick={() => runAction(stopLab)} aria-label="Stop lab">
          Stop
        </Button>
      </div>
      <div className="right">
        <CommandButton />
        <Button icon="users" className="wide" off={shareLab.off(context)} onClick={() => runAction(shareLab)}>
          Share
        </Button>
        <span className="sep wide" />
        <ThemeButton />
        {session && <UserMenu session={session} />}
      </div>
    </header>
  );
}

export function CommandButton({ words = "Search or run" }: { words?: string }) {
  return (
    <Button icon="search" className="cmdk" aria-label="Search or run a command" onClick={() => runAction(commands)}>
      <span>{words}</span>
      <kbd className="kbd">Ctrl K</kbd>
    </Button>
  );
}

export function ThemeButton() {
  const theme = useTheme((s) => s.theme);
  return <IconButton icon={theme === "dark" ? "sun" : "moon"} label={theme === "dark" ? "Switch to light" : "Switch to dark"} onClick={() => runAction(toggleTheme)} />;
}
