// A console that answers: enough of a shell to type `ping` into, with scrollback kept between visits.

interface Shell {
  kept: Buffer;
  line: string;
  prompt: string;
  timer: ReturnType<typeof setInterval> | null;
  watchers: Set<(bytes: Buffer) => void>;
}

const shells = new Map<string, Shell>();

export function shellFor(key: string, node: string, name: string): Shell {
  const there = shells.get(key);
  if (there) return there;
  const prompt = name === "vtysh" ? `${node}# ` : `\x1b[32m${node}\x1b[0m:\x1b[34m~\x1b[0m$ `;
  const shell: Shell = { kept: Buffer.from(prompt), line: "", prompt, timer: null, watchers: new Set() };
  shells.set(key, shell);
  return shell;
}

function print(shell: Shell, text: string): void {
  const bytes = Buffer.from(text.replaceAll("\n", "\r\n"));
  shell.kept = Buffer.concat([shell.kept, bytes]);
  for (const watcher of shell.watchers) watcher(bytes);
}

export function type(shell: Shell, text: string): void {
  for (const char of text) {
    if (char === "\r") enter(shell);
    else if (char === "\x7f") erase(shell);
    else if (char === "\x03") interrupt(shell);
    else {
      shell.line += char;
      print(shell, char);
    }
  }
}

function erase(shell: Shell): void {
  if (shell.line === "") return;
  shell.line = shell.line.slice(0, -1);
  print(shell, "\b \b");
}

function interrupt(shell: Shell): void {
  if (shell.timer) clearInterval(shell.timer);
  shell.timer = null;
  shell.line = "";
  print(shell, `^C\n${shell.prompt}`);
}

function enter(shell: Shell): void {
  const [command = "", ...rest] = shell.line.trim().split(/\s+/);
  shell.line = "";
  if (command === "ping") { ping(shell, rest.at(-1) ?? "10.0.0.1"); return; }
  const said = command === "" ? "" : command === "echo" ? `${rest.join(" ")}\n` : `${command}: not in this mock\n`;
  print(shell, `\n${said}${shell.prompt}`);
}

function ping(shell: Shell, to: string): void {
  let n = 0;
  print(shell, `\nPING ${to} (${to}) 56(84) bytes of data.\n`);
  shell.timer = setInterval(() => {
    n += 1;
    print(shell, `64 bytes from ${to}: icmp_seq=${n} ttl=62 time=0.${100 + ((n * 37) % 80)} ms\n`);
  }, 700);
}
