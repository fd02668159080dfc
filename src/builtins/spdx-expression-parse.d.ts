declare module 'spdx-expression-parse' {
  /** A licence, or two sides of AND or OR. */
  export type Expression =
    | { readonly license: string; readonly plus?: true; readonly exception?: string }
    | { readonly left: Expression; readonly conjunction: 'and' | 'or'; readonly right: Expression };

  /** @throws Error when the text is no expression of known identifiers. */
  export default function parse(source: string): Expression;
}
