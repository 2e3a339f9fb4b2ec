/** The mark: one line through the points. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#14504a" />
      <path d="M5 22 L12 13 L20 18 L27 8" fill="none" stroke="#f2c14e" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
      <g fill="#fff">
        <circle cx="5" cy="22" r="2.6" />
        <circle cx="12" cy="13" r="2.6" />
        <circle cx="20" cy="18" r="2.6" />
        <circle cx="27" cy="8" r="2.6" />
      </g>
    </svg>
  );
}
