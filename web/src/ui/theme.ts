// Mantine in our tokens: the names stay ours, the look comes from tokens.css.
import { type CSSVariablesResolver, type MantineColorsTuple, createTheme } from "@mantine/core";

/** Ten shades around the accent; index 6 is `--accent` itself. */
const nova: MantineColorsTuple = [
  "#eef2fe",
  "#e9effd",
  "#c9d6f9",
  "#9db2f0",
  "#6f8ce6",
  "#4d6edc",
  "var(--accent)",
  "var(--accent-hover)",
  "var(--accent-press)",
  "#1d3283",
];

export const mantineTheme = createTheme({
  colors: { nova },
  primaryColor: "nova",
  primaryShade: { light: 6, dark: 6 },
  defaultRadius: 7,
  fontFamily: "var(--font-ui)",
  fontFamilyMonospace: "var(--font-mono)",
  fontSizes: { xs: "11px", sm: "12px", md: "13px", lg: "14px", xl: "16px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  respectReducedMotion: true,
});

const variables = {
  "--mantine-color-body": "var(--bg-app)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--text-3)",
  "--mantine-color-default": "var(--bg-raised)",
  "--mantine-color-default-border": "var(--line-strong)",
  "--mantine-color-error": "var(--st-failed-text)",
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: variables, dark: variables });
