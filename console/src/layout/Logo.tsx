/** The mark of the product: a door that stands ajar. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="7" fill="var(--accent-fill)" />
      <path
        d="M10 25V9.5A2.5 2.5 0 0 1 12.500 7h7A2.500 2.500 0 0 1 22 9.500V25M7.500 25h17"
        fill="none"
        stroke="#fff"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
      <circle cx="18.3" cy="16.5" r="1.5" fill="#fff" />
    </svg>
  );
}
