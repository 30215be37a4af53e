import type { Mark } from "@/model/state";
import { Icon } from "./Icon";

/** The mark of a state: its form alone tells it. */
export function StateMark({ mark }: { mark: Mark }) {
  return <Icon name={`state-${mark}`} className={`m-${mark}`} />;
}
