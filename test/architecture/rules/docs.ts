import { dirname, join } from 'node:path'
import ts from 'typescript'
import { root, type Sources } from './sources.js'

interface Block {
  /** Name of the module that the block becomes. */
  readonly path: string
  readonly document: string
  /** Line of the document that holds the block's first line. */
  readonly line: number
  readonly text: string
}

/** The TypeScript blocks of a document. */
export function blocksOf(document: string, markdown: string): Block[] {
  const fences = markdown.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```$/gm)
  return [...fences].map((fence, index) => ({
    path: join(root, dirname(document), `${document.replaceAll('/', '-')}-${index + 1}.ts`),
    document,
    line: markdown.slice(0, fence.index).split('\n').length + 1,
    text: `${fence[1]}\nexport {}\n`,
  }))
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  return {
    ...options,
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedDeclarations: false,
    declaration: false,
  }
}

/** A host that holds the blocks as if they were files next to their document. */
function hostOf(blocks: readonly Block[], options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options, true)
  const texts = new Map(blocks.map(({ path, text }) => [path, text]))
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => texts.has(path) || fileExists(path)
  host.readFile = (path) => texts.get(path) ?? readFile(path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = texts.get(path)
    return text === undefined
      ? getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, text, languageVersion)
  }
  return host
}

/** Compiles every TypeScript block of the documents against src: what the compiler says, by the document's line. */
export function docsProblems(documents: Sources): string[] {
  const blocks = Object.entries(documents).flatMap(([document, markdown]) => blocksOf(document, markdown))
  const options = compilerOptions()
  const program = ts.createProgram(
    blocks.map(({ path }) => path),
    options,
    hostOf(blocks, options),
  )
  return blocks.flatMap(({ path, document, line }) => {
    const file = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(({ start = 0, messageText }) => {
      const offset = file?.getLineAndCharacterOfPosition(start).line ?? 0
      return `${document}:${line + offset} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}

/** Every relative link of a document to a file that is not there. */
export function linkProblems(documents: Sources, exists: (path: string) => boolean): string[] {
  return Object.entries(documents).flatMap(([document, markdown]) =>
    [...markdown.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !exists(join(dirname(document), target)))
      .map((target) => `${document} links to ${target}, which is not there`),
  )
}
