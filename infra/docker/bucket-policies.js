// Gives each S3 user of docker-compose.yml its rights on the two buckets: the table of docs/cluster.md.
// Runs in the image, as root of the store. JavaScript, because it is run as it is.
import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';

const READ = ['s3:GetObject'];
const WRITE = ['s3:GetObject', 's3:PutObject'];
const ALL = [...WRITE, 's3:DeleteObject', 's3:AbortMultipartUpload'];
/** Actions on objects by bucket and user, on single files by user, and who may list the bucket. */
const RIGHTS = {
  photos: {
    list: ['verger-coordinator'],
    objects: { 'verger-coordinator': ALL, 'verger-worker': READ, 'verger-reducer': READ },
  },
  results: {
    list: [
      ...['verger-coordinator', 'verger-worker', 'verger-reducer'],
      ...['verger-dashboard', 'verger-autoscaler', 'verger-actions'],
    ],
    objects: {
      'verger-coordinator': ALL,
      'verger-worker': WRITE,
      'verger-reducer': ALL,
      'verger-dashboard': READ,
      'verger-autoscaler': READ,
      'verger-actions': ALL,
    },
    // What the autoscaler decided, in each run.
    files: { 'verger-autoscaler': { file: '*/scaling.json', actions: ['s3:PutObject', 's3:DeleteObject'] } },
  },
};

function policyOf(bucket, { list, objects, files = {} }) {
  const allow = (users, actions, resource) => ({
    Effect: 'Allow',
    Principal: { AWS: users },
    Action: actions,
    Resource: resource,
  });
  const ofObjects = Object.entries(objects).map(([user, actions]) =>
    allow([user], actions, `arn:aws:s3:::${bucket}/*`),
  );
  const ofFiles = Object.entries(files).map(([user, { file, actions }]) =>
    allow([user], actions, `arn:aws:s3:::${bucket}/${file}`),
  );
  const statements = [allow(list, ['s3:ListBucket'], `arn:aws:s3:::${bucket}`), ...ofObjects, ...ofFiles];
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

const client = new S3Client({ endpoint: process.env.VERGER_S3_ENDPOINT, forcePathStyle: true });
for (const [bucket, rights] of Object.entries(RIGHTS)) {
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policyOf(bucket, rights) }));
  console.log(`${bucket}: rights of ${Object.keys(rights.objects).join(', ')}`);
}
client.destroy();
