// Who may log in. For administrators.
import { useState } from "react";
import { useUsers } from "@/api/users";
import type { Session } from "@/api/types";
import { count } from "@/model/words";
import { useNow } from "@/view/clock";
import { Button } from "@/ui/Button";
import { PageError } from "../PageState";
import { AddUser } from "./AddUser";
import { ResetPassword } from "./ResetPassword";
import { RemoveUser } from "./RemoveUser";
import { type AskedOf, UserRow } from "./UserRow";

export function UsersPage({ session }: { session: Session }) {
  const { data: users, error, refetch } = useUsers();
  const [asked, setAsked] = useState<{ what: "add" } | AskedOf | null>(null);
  const now_ms = useNow(30_000);
  const close = () => setAsked(null);
  if (error && !users) return <PageError error={error} retry={() => void refetch()} />;
  return (
    <>
      <div className="title">
        <h1>Users</h1>
        <span className="muted">{users ? count(users.length, "user") : "Looking"}</span>
        <div className="end">
          <Button icon="plus" look="primary" onClick={() => setAsked({ what: "add" })}>
            Add user
          </Button>
        </div>
      </div>
      <table className="rowsheet">
        <thead>
          <tr>
            <th>Name</th>
            <th>Role</th>
            <th>Labs</th>
            <th>Since</th>
            <th>
              <span className="sr">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users?.map((user) => (
            <UserRow key={user.id} user={user} me={session.user.username} now_ms={now_ms} onAsk={setAsked} />
          ))}
        </tbody>
      </table>
      {users?.length === 1 && <p className="muted">You are alone here. Add a user, and share a lab with them from its card.</p>}
      {asked?.what === "add" && <AddUser onClose={close} />}
      {asked?.what === "password" && <ResetPassword user={asked.user} onClose={close} />}
      {asked?.what === "remove" && <RemoveUser user={asked.user} users={users ?? []} me={session.user.username} onClose={close} />}
    </>
  );
}
