/**
 * Names of months, long and short, in lower case and without full stops, as the Unicode CLDR has them; each line leaves
 * out what stands in one before. Written out, because asking for them loads 7 MiB of language data into every process,
 * and because they must not change with the version of Node: what is stored was made with them.
 */
export const monthNames: ReadonlySet<string> = new Set(
  [
    'january february march april may june july august september october november december jan feb mar apr jun jul aug sep oct nov dec', // English
    'januar februar märz mai juni juli oktober dezember mär okt dez', // German
    'janvier février mars avril juin juillet août septembre octobre novembre décembre janv févr avr juil sept déc', // French
    'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene abr ago dic', // Spanish
    'gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen mag giu lug set ott', // Italian
    'janeiro fevereiro março maio junho julho setembro outubro novembro dezembro fev out', // Portuguese
    'januari februari maart mei augustus mrt', // Dutch
    'styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień sty lut kwi cze lip sie wrz paź lis gru', // Polish
    'augusti', // Swedish
    'marts', // Danish
  ].flatMap((line) => line.split(' ')),
);
