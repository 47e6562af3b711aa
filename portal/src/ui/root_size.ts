// How large text is, in pixels: on a wall larger than on a desk. For what is drawn, and cannot be styled.
export const rootSize = () => parseFloat(getComputedStyle(document.documentElement).fontSize) || 15;
