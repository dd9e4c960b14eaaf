import { resizeBicubic } from '/tmp/wt/speed/packages/features/src/resize.ts';
for (const [w,h] of [[100,100],[4000,3000],[3000,4000],[700,70000],[10000000,5],[5000,10000],[1500,1300]] as const) {
  const rgb = new Uint8Array(w*h*3).map((_, i) => i*7);
  const n = w*h<1e5?2000:w*h>2e7?2:8; const r: number[]=[];
  for (let i=0;i<n;i++){const s=performance.now();resizeBicubic(rgb,{width:w,height:h});r.push(performance.now()-s);}
  r.sort((a,b)=>a-b); console.log(w,h,'min',r[0].toFixed(3),'med',r[r.length>>1].toFixed(3), 'rss', (process.memoryUsage().rss/1e6)|0);
}
