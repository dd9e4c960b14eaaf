/** A tree in an orchard: the icon of the pages. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#14532d"/>
<path d="M15 17h2v9h-2z" fill="#d9b48f"/>
<circle cx="16" cy="13" r="8" fill="#4ade80"/>
<circle cx="13" cy="11" r="1.7" fill="#dc2626"/>
<circle cx="19" cy="13.5" r="1.7" fill="#dc2626"/>
<circle cx="15" cy="16.5" r="1.7" fill="#dc2626"/>
</svg>
`;
