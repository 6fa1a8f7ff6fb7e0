// biome-ignore lint/style/noDefaultExport: what Next.js loads
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
