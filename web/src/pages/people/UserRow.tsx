import { Menu } from "@mantine/core";
import { tellIfItFails } from "@/actions/run";
import type { Role, UserDetail } from "@/api/types";
import { endSessionsOf, setRole } from "@/api/users";
import { ROLES, roleName } from "@/model/people";
import { ago } from "@/model/words";
import { Avatar } from "@/ui/Avatar";
import { Icon } from "@/ui/Icon";
import { Select } from "@/ui/Select";
import { ask } from "@/view/dialogs";
import { notify } from "@/view/toasts";

/** A dialog about a user. */
export interface AskedOf {
  what: "password" | "remove";
  user: UserDetail;
}

interface Props {
  user: UserDetail;
  me: string;
  now_ms: number;
  onAsk: (asked: AskedOf) => void;
}

export function UserRow({ user, me, now_ms, onAsk }: Props) {
  const { username, role } = user;
  const mine = username === me;
  return (
    <tr>
      <th scope="row">
        <Avatar name={username} />
        {username}
        {mine && <span className="chip">you</span>}
      </th>
      <td>
        <Select
          quiet
          label={`Role of ${username}`}
          options={ROLES.map(({ role: value, name }) => ({ value, name }))}
          value={role}
          onChange={(value) => tellIfItFails(() => changeRole(username, value as Role, mine))}
        />
      </td>
      <td className="num">{user.lab_count}</td>
      <td className="muted">{ago(user.created_ms, now_ms)}</td>
      <td className="end">
        <Menu position="bottom-end" shadow="none">
          <Menu.Target>
            <button type="button" className="ib boxed" aria-label={`More for ${username}`}>
              <Icon name="more" className="i14" />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {!mine && (
              <Menu.Item leftSection={<Icon name="lock" className="i14" />} onClick={() => onAsk({ what: "password", user })}>
                Set password
              </Menu.Item>
            )}
            <Menu.Item leftSection={<Icon name="offline" className="i14" />} onClick={() => tellIfItFails(() => endAll(username))}>
              End all sessions
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item className="danger" leftSection={<Icon name="trash" className="i14" />} onClick={() => onAsk({ what: "remove", user })}>
              Remove user
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </td>
    </tr>
  );
}

async function changeRole(user: string, role: Role, mine: boolean): Promise<void> {
  const yes = await ask({
    title: `Make ${mine ? "yourself" : user} ${role === "admin" ? "an administrator" : "a member"}?`,
    text: `${mine ? "You" : user} may then do ${role === "admin" ? "everything in every lab, and manage users" : "only what labs of their own and shared ones allow"}. All sessions and tokens end, and a new log-in is needed.`,
    yes: `Make ${role === "admin" ? "administrator" : "member"}`,
  });
  if (!yes) return;
  await setRole(user, role);
  notify({ tone: "good", icon: "check", title: `${user} is ${roleName(role).toLowerCase()} now` });
}

async function endAll(user: string): Promise<void> {
  const yes = await ask({ title: `End all sessions of ${user}?`, text: `Every window and console that ${user} has open closes. Tokens go on.`, yes: "End sessions", danger: true });
  if (!yes) return;
  await endSessionsOf(user);
  notify({ tone: "good", icon: "check", title: "Sessions ended", text: user });
}
