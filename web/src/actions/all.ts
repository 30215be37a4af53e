// Every action, in the order of menus and of the shortcut list.
import type { Action } from "./action";
import { actualSize } from "./actualSize";
import { commands } from "./commands";
import { copyCommand } from "./copyCommand";
import { cut } from "./cut";
import { deleteLab } from "./deleteLab";
import { drawLink } from "./drawLink";
import { exportLab } from "./exportLab";
import { fit } from "./fit";
import { heal } from "./heal";
import { importLab } from "./importLab";
import { lock } from "./lock";
import { leaveLab } from "./leaveLab";
import { letGo } from "./letGo";
import { logOut } from "./logOut";
import { newLab } from "./newLab";
import { openConsole } from "./openConsole";
import { pullImage } from "./pullImage";
import { redo } from "./redo";
import { remove } from "./remove";
import { renameLab } from "./renameLab";
import { repair } from "./repair";
import { restart } from "./restart";
import { searchTemplates } from "./searchTemplates";
import { selectAll } from "./selectAll";
import { shareLab } from "./shareLab";
import { shortcuts } from "./shortcuts";
import { showAccount } from "./showAccount";
import { showImages } from "./showImages";
import { showLabs } from "./showLabs";
import { showUsers } from "./showUsers";
import { start } from "./start";
import { startLab } from "./startLab";
import { stop } from "./stop";
import { stopLab } from "./stopLab";
import { toggleDock } from "./toggleDock";
import { toggleInspector } from "./toggleInspector";
import { togglePalette } from "./togglePalette";
import { toggleTheme } from "./toggleTheme";
import { undo } from "./undo";
import { wipe } from "./wipe";

export const GROUPS: { title: string; actions: Action[] }[] = [
  { title: "Nodes", actions: [openConsole, start, stop, restart, wipe, copyCommand] },
  { title: "Links", actions: [cut, heal, repair, drawLink] },
  { title: "Lab", actions: [startLab, stopLab, undo, redo, renameLab, shareLab, exportLab, remove, leaveLab, deleteLab] },
  { title: "View", actions: [fit, actualSize, selectAll, letGo, lock, searchTemplates, togglePalette, toggleInspector, toggleDock, toggleTheme] },
  { title: "Elsewhere", actions: [commands, shortcuts, showLabs, newLab, importLab, showImages, pullImage, showAccount, showUsers, logOut] },
];

export const ACTIONS: Action[] = GROUPS.flatMap((group) => group.actions);
