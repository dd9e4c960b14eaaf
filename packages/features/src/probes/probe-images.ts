/** A built-in image and what it must decode to. */
export interface ProbeImage {
  readonly format: 'jpeg' | 'png' | 'webp';
  /** The file, base64. */
  readonly file: string;
  /** sha256 of its 224×224×3 pixels: those of Pillow 13 too. */
  readonly pixelsSha256: string;
}

/**
 * One drawing of 48×40 pixels (a disc on gradients; `probes.test.ts` draws it again), saved by sharp 0.35.5
 * as JPEG (quality 85, 4:2:0), PNG (RGB, filtered) and WebP (lossy, quality 80): what a decoder may do
 * differently shows in them.
 */
export const PROBE_IMAGES: readonly [ProbeImage, ProbeImage, ProbeImage] = [
  {
    format: 'jpeg',
    pixelsSha256: 'fce5c2c4157c6a42e5602be6aaf6780b5e6341bb093b6d3a4651556f388eac78',
    file:
      '/9j/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8fExciJCIeJBweHx7/' +
      '2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh7/wAAR' +
      'CAAoADADASIAAhEBAxEB/8QAGgAAAwEBAQEAAAAAAAAAAAAAAAQFBgMCCP/EADAQAAIBAwIDBgUEAwAAAAAAAAECAwAEEQUx' +
      'EiEiEzJBUWFxQoGRsfAGFzNSYqHh/8QAGQEBAQADAQAAAAAAAAAAAAAABwYDBAUI/8QAKhEAAQEGBAYCAwAAAAAAAAAAAQIA' +
      'AwQFESEGEjHwBxNBUWGBInGRodH/2gAMAwEAAhEDEQA/APn220/bpqlbWG3TVu204kgKhJPIACtFY6fFGVEKRu6sVTjXBZxu' +
      '2f6j7+uKfMW48h5EEoUM7xVwkGlu5N6D1f0aYcLQkTM6qd2SOvntvRsrbWG3TVK2sdumtKLYKqiNmUYYRs/UMbtKT8+Xv5Gv' +
      'MEK9qiCLCvzThOcL4Fs+J/PGpGX8S0R73lvXfLroc1R7sKftkNME/ghUmo/DTrax25VTtrL0qpb2O3TVG3stuVdOKxBl6tTy' +
      'yP0u2Ra0MSqwUAE4ZyccAwckeuPvT1sEEeHzEhQcSuP44tse7fX6CrGpaO9zYMscfaOh41jyAHI+Ek/nyqHbyvG5VwwkEmCC' +
      'Mh5fuFXH+vMUU8Qnbxc15xHxUBQ/W93Yt4TTSHfysuswzpUajrQ6Hfb7Z9lCqxkRlGFMip1DGyxgfPn7+RpK8XvMVWVw4L9m' +
      'cccg2X2Uc/w12SYEKYiGJJCOp7zHk8hHkNh/0V10fTp9bvo4LZWaIY4pT0tFGe8+cd9sHHnvtxVMQaSDU73vRkqaRTl25KlG' +
      'gG9/0Nrbex25U/BZelV4bHbpp+Cy25VuTHEGWt2kJXH6XaJDp/8AjS2qfo+w1STtpO3gnK8BlgfDcPlg5HlzxnkOdFFXs7Vz' +
      'UlKxUeW8kYemkXBPA9h3hSruN6eG5ftzpUoYNcXw4lC9LoMKPhHTtWt0rRLawtxBaQCKPJOBkkk+JJ5miii6ZvVOgQizKENP' +
      'JhHBIiHpUB3apDY+lOw2XpRRRlN418K3a6lT5dm//9k=',
  },
  {
    format: 'png',
    pixelsSha256: 'b3b99095d401fd6cb5cf08826627c0e1e95bad73bd1fdd812d9b07cdfb6eee67',
    file:
      'iVBORw0KGgoAAAANSUhEUgAAADAAAAAoCAIAAAA35e4mAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAEJUlEQVRYw82Yv6sdRRTH' +
      'Pzv74/UPhFSCEPwDBkE08QeClU1AC5uIBMTmoUYkQkQrY6EPhSAYCFamS2dnZ2c3hYiFWEkKq4eQwvvu7uxYzJy9u/Pj3msw' +
      'vlwOy3fPnjvne7979pzZW4Fr4dGxho7Cx52JPyLkzhzPCbklcGfinwi5R+SY1tB0zRVOH64/umXzy2eDswplv/A/+T0ht9Ne' +
      'Xb1co2qtFKoyCq1AOdRolNXKou79enufdXba9j7kwF0+/2KLaoyqNTUoQzVFGEaNBQtPrN7utTr5/WaSYyzkHvchFF9+6/Hn' +
      'O1RraDQ11KCg0gCYsKoFaxg0DTx2/r2//jheJvt3uNSHHLijcxc7VGdooIUaakOlURI3ahxYg4WeoN+hvnb/zxuzNGOSdZs/' +
      '7UPBrh4+e4DqoINW00BtRCHAgJ4ppKmhN1T+6rmPVyefLBPve8z3oQ9+e7o7VB10hk77mUcNtUZBZTaho8Fq7ERUS23xqXvy' +
      'QxiTlClYnGb60LVfnuq0sPEKQWMIRR0nDkWtjNSWX1jzN1+wfneZcjfOKNSKJC0EbKSGoDIoSTyC0yhQM82cwWpaGIBuSBKP' +
      'BULBFB10brKPjG48G0OjaYRZwCZwDVgCGqmzRp4Aj0/5hm6g6wu2Ti1WyN8XX7+1PFm13pwqLUUNLinwOllBRErNZv1xH9rw' +
      'KDALNUQgERX4nLrHS0J2J477kC8IL4Py5rEJpx77oh5BgRNmSr7i68zjGSG7BDbrj/tQJb3Er1sJswrBs9GhDKOexXtsJN7r' +
      'd2lISGw75maZTIbNRyR5kIAuIpSCxWnSh/R/zWxDKGKTx7FCTnqJn1NOupx3Oqkbn3gzEj02s5lkQm0lhGyBkJ0T2oywEUYz' +
      '61nCbJQyUjAun6xRz+KF2fT80A0FNnmLFbIyLK2McSsFHsZFYXRYGWrRClwsERr2IeSy60absmhmzamnzJYK7cYqzM8wQLhx' +
      '/acBBugNgyZgBBt6gnMw9BIwINhIPAyGg+sX6AaxfgaiAbKZJJn9UO9nO/RTL5E2OCajYxRJPI9emPWGHg66QX79vse5QkGn' +
      'z1/7cQ1rzRrWhjViRpzedgWoz56ZyRPp1Bd0Wke3zHlwfPzD/onzAccXclT6wi1bp7cs7kRfvfn91Xcu+V5i/Z5ay35o2lMb' +
      'nNSvrzPP5v7N59pNdU23I7WMP94Pze3rW3dXsIJTw0oTMIINpwTnynAqASe3Xiho80D7oUiq20d3rlx5Y5j21LIRCBFailoe' +
      'xpOjl9q4wQwF67P+He9l4L67821L//qXR9vfOu69/0rL0G67QRGJPK742fmFWvol6M/EX3wvS17qshvQ0kAoabP7uP3/oYfK' +
      'rM+ebv9/yOXe7uZUsmxKj3S/TJ/H2/8fSmmNBVq2QGso0EoJBfsHSLhOO2I2EToAAAAASUVORK5CYII=',
  },
  {
    format: 'webp',
    pixelsSha256: '530bda94f17c703425a14d0d2322790f4b475c8675dae20d16585ef119608d25',
    file:
      'UklGRkgCAABXRUJQVlA4IDwCAACQDACdASowACgAPm00kkekIyGyJzgLakANiWwAnTKEc0eO/kB7AlUfuf3u3tEnHY5OYwp3' +
      'TAPQA/Wb1yvU8/b70oztA0gTLhMn8IM7Iz7N4GlEjbt9hTXOIRoLQG+/ipN6GqWuRcV4A5m8NJUwAP7972qJRunEdI+09JT3' +
      'lehbxRkUzKBF7mSsNEu5G1/X/6NYfMmgwP0k++f+Zo41H1ZpDZJbhkzCEf+4DUV7oaxZeFxDLz+eVPG5VwA98e/EcjIVqSfr' +
      '+s4mwZrWKwYa8WfILHi1es4gGyUguLEfFOUPdtZZabIlPTghVM/eZivHcQDOqjhY7fgCyfYyA58ojDGx2r+ngLH3nqHoiwnK' +
      'WuLfJTlImf6OYEJMIk8Omhg/qXxig4vxu+f/7N77bZcs6KzyC6acpNhTpWCzQYHVsR7bWfqA5GGNT8iA/GXd/C5P9Gw9/j/p' +
      'iR9DFVzWVJcNf1hqHr94Mc+uFClmjnU0oKmDlliHyD9Enk5SF2b73R4Nz1t1cQXmZuP9APx/5EwhHVBFFDSjwx/ima5ro83Y' +
      'K4AQOQaaZzQ1FfPAqj5o4B/1KigTcwSBw40TjdbfRFB82Mldgb1ilqqV/PVRH766PCe3TDAcJzOZTSbnBqRqF7+rv3eocTUW' +
      'NCeXO9BARPt0jAaEZDujNLwfeX9OjX8wUc98MtCn1GgrFojcNOHHfldj0ABky4K4ifUYtJtFTvs459z+DX/EuhsyRRt6HNBL' +
      '9NeTUkQzRu5VLxUulMAAAA==',
  },
];
