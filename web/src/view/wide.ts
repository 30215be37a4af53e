import { useMediaQuery } from "@mantine/hooks";

/** Whether both panels fit beside the sheet. */
export function useWide(): boolean {
  return useMediaQuery("(min-width: 1201px)", true, { getInitialValueInEffect: false });
}
