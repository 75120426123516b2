/** Small drawings, 20 units square, in the colour of the text around them. Never the only sign of anything. */
const paths = {
  map: "M3 5.5 7.5 3.5 12.5 5.5 17 3.5V14.5L12.5 16.5 7.5 14.5 3 16.5ZM7.5 3.5V14.5M12.5 5.5V16.5",
  terminal: "M3 4H17V16H3ZM6 8 8.5 10 6 12M10.5 12.5H14",
  key: "M12.5 3.5A4 4 0 1 1 11 11.2L6 16.2H3.5V13.7L8.8 8.6A4 4 0 0 1 12.5 3.5ZM13.2 6.8H13.3",
  conflicts: "M4 4C4 10 10 8 10 14V16.5M16 4C16 10 10 8 10 14M7 14 10 17 13 14",
  health: "M2.5 10.5H6L8 5 11.5 15.5 13.5 10.5H17.5",
  sun: "M10 6.5A3.5 3.5 0 1 1 10 13.5 3.5 3.5 0 0 1 10 6.5ZM10 2V3.5M10 16.5V18M2 10H3.5M16.5 10H18M4.3 4.3 5.4 5.4M14.6 14.6 15.7 15.7M15.7 4.3 14.6 5.4M5.4 14.6 4.3 15.7",
  moon: "M16.5 12A7 7 0 0 1 8 3.5 7 7 0 1 0 16.5 12Z",
  system: "M3 4H17V13.5H3ZM7.5 16.5H12.5M10 13.5V16.5",
  close: "M5 5 15 15M15 5 5 15",
  check: "M4 10.5 8.2 14.5 16 5.5",
  alert: "M10 3 17.5 16.5H2.5ZM10 8V11.5M10 14H10.1",
  cut: "M6 6A2 2 0 1 1 6 2.1 2 2 0 0 1 6 6ZM6 18A2 2 0 1 1 6 14.1 2 2 0 0 1 6 18ZM7.5 5.3 16.5 14.5M7.5 14.7 16.5 5.5",
  link: "M8.5 11.5A3.2 3.2 0 0 0 13 11.6L16 8.6A3.2 3.2 0 0 0 11.4 4L10.3 5.1M11.5 8.5A3.2 3.2 0 0 0 7 8.4L4 11.4A3.2 3.2 0 0 0 8.6 16L9.7 14.9",
  restart: "M15.5 6.5A6.5 6.5 0 1 0 16.5 10M16 3V7H12",
  stop: "M5.5 5.5H14.5V14.5H5.5Z",
  arrow: "M4 10H16M11 5 16 10 11 15",
  play: "M6.5 4 15.5 10 6.5 16Z",
  search: "M9 3.5A5.5 5.5 0 1 1 9 14.5 5.5 5.5 0 0 1 9 3.5ZM13 13 17 17",
  dots: "M4 10H4.1M10 10H10.1M16 10H16.1",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
