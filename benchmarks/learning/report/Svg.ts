/** A few shapes, enough for the benchmark's plots. Colours read on light and dark pages. */

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const at = (x: number): string => x.toFixed(1)

export const INK = "#57606a"
export const COLOURS = {
  default: "#cf222e",
  objective: "#0969da",
  teacher: "#8250df",
  estimator: "#1a7f37",
  attempt: "#9a6700",
  keeping: "#bf3989",
  control: "#6e7781"
} as const

export const text = (
  x: number,
  y: number,
  content: string,
  over?: { readonly anchor?: "start" | "middle" | "end"; readonly size?: number; readonly fill?: string }
): string =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${over?.anchor ?? "start"}" font-size="${over?.size ?? 12}" `
  + `fill="${over?.fill ?? INK}">${escape(content)}</text>`

export const line = (x1: number, y1: number, x2: number, y2: number, stroke: string = INK, width = 1): string =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${stroke}" stroke-width="${width}"/>`

export const rectangle = (x: number, y: number, width: number, height: number, fill: string, opacity = 1): string =>
  `<rect x="${at(x)}" y="${at(y)}" width="${at(Math.max(0, width))}" height="${at(height)}" fill="${fill}" `
  + `opacity="${opacity}"/>`

export const dot = (x: number, y: number, radius: number, fill: string, title: string): string =>
  `<circle cx="${at(x)}" cy="${at(y)}" r="${radius}" fill="${fill}"><title>${escape(title)}</title></circle>`

export const curve = (points: ReadonlyArray<readonly [number, number]>, stroke: string): string =>
  `<polyline fill="none" stroke="${stroke}" stroke-width="1.5" points="${
    points.map(([x, y]) => `${at(x)},${at(y)}`).join(" ")
  }"/>`

export const drawing = (width: number, height: number, title: string, shapes: ReadonlyArray<string>): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" `
    + `font-family="system-ui, sans-serif" role="img">`,
    `<title>${escape(title)}</title>`,
    ...shapes,
    "</svg>\n"
  ].join("\n")
