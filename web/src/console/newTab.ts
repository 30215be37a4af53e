// A tab for an address that the server is asked for first.

/** What is used of a window. */
export interface NewTab {
  opener: unknown;
  location: { replace: (address: string) => void };
  close: () => void;
}

/**
 * The tab is there before the address is: a browser opens one only in the moment of a click. What is shown in
 * it has no way back to this page. Where no address is to be had it goes again.
 */
export async function showInNewTab(open: () => NewTab | null, ask: () => Promise<string>): Promise<void> {
  const tab = open();
  if (!tab) throw new Error("The browser did not let a new tab open. Allow pop-ups for this page, then try again.");
  tab.opener = null;
  try {
    tab.location.replace(await ask());
  } catch (error) {
    tab.close();
    throw error;
  }
}
