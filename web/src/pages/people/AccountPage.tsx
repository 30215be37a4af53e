// One's own ways in: password, sessions, tokens.
import type { Session } from "@/api/types";
import { roleName } from "@/model/people";
import { OwnPassword } from "./OwnPassword";
import { SessionsList } from "./SessionsList";
import { TokensList } from "./TokensList";

export function AccountPage({ session }: { session: Session }) {
  const { username, role } = session.user;
  return (
    <>
      <div className="title">
        <h1>{username}</h1>
        <span className="muted">{roleName(role).toLowerCase()}</span>
      </div>
      <OwnPassword user={username} />
      <SessionsList />
      <TokensList />
    </>
  );
}
