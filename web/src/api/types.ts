// The wire types by their short names. Everything comes from the generated schema.
import type { components } from "./schema";

type Schemas = components["schemas"];

/** Fields that may be left out when writing and are always there when reading. */
type Always<T, K extends keyof T> = Omit<T, K> & Required<Pick<T, K>>;

/** A lab as an answer may hold it; `complete.ts` makes it whole. */
export type WireLabDetail = Schemas["LabDetail"];
export type Lab = Always<Schemas["Lab"], "nodes" | "networks" | "links" | "drawings" | "revision">;
export type LabDetail = Omit<WireLabDetail, "lab"> & { lab: Lab };
export type LabSummary = Schemas["LabSummary"];
export type LabStatus = Schemas["LabStatus"];
export type Node = Schemas["Node"];
export type NodeStatus = Schemas["NodeStatus"];
export type NodeState = Schemas["NodeState"];
export type Network = Schemas["Network"];
export type Interface = Schemas["Interface"];
export type Link = Schemas["Link"];
export type LinkStatus = Schemas["LinkStatus"];
export type End = Schemas["End"];
export type Drawing = Schemas["Drawing"];
export type Position = Schemas["Position"];
export type Thumbnail = Schemas["Thumbnail"];
export type FileState = Schemas["FileState"];
export type Edit = Schemas["Edit"];
export type Job = Schemas["Job"];
export type JobAct = Schemas["JobAct"];
export type Template = Schemas["Template"];
export type Session = Schemas["Session"];
export type System = Schemas["System"];
export type Problem = Schemas["Problem"];
export type ApiErrorBody = Schemas["ApiError"];
export type Frame = Schemas["Frame"];
export type Envelope = Schemas["Envelope"];
export type LabEvent = Schemas["Event"];
export type TerminalInput = Schemas["TerminalInput"];
export type TerminalEvent = Schemas["TerminalEvent"];
export type DriftItem = Schemas["DriftItem"];
export type Sample = Schemas["Sample"];
export type Role = Schemas["Role"];
export type Right = Schemas["Right"];
export type LabRight = Schemas["LabRight"];
export type UserDetail = Schemas["UserDetail"];
export type OpenSession = Schemas["OpenSession"];
export type Token = Schemas["Token"];
export type CreatedToken = Schemas["CreatedToken"];
export type AuditItem = Schemas["AuditItem"];
export type Images = Schemas["Images"];
export type Image = Schemas["Image"];
export type Room = Schemas["Room"];
export type LabImage = Schemas["LabImage"];
export type LabFileRead = Schemas["LabFileRead"];
export type LossRow = Schemas["LossRow"];
export type PullProgress = Schemas["PullProgress"];
