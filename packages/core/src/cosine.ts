/** The cosine between two vectors of one length: 1 where both are 0, 0 where one is; NaN where a number is. */
export function cosineBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, squaresOfA, squaresOfB] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [one, other] = [a[at]!, b[at]!];
    product += one * other;
    squaresOfA += one * one;
    squaresOfB += other * other;
  }
  if (squaresOfA === 0 && squaresOfB === 0) return 1;
  return product === 0 ? 0 : product / Math.sqrt(squaresOfA * squaresOfB);
}
