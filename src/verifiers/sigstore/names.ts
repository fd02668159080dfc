import type { Certificate } from '../../crypto/certificate.ts';

/** What identifies a certificate's holder: its alternative names, else its distinguished name. */
export const namesOf = ({ subjectAlternativeNames, subjectName }: Certificate): readonly string[] =>
  subjectAlternativeNames.length === 0 ? [subjectName] : subjectAlternativeNames.map(({ value }) => value);
