/** The buckets: results, which outlive the stack, and images, which are not its own. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** The bucket with the images, by its name, and a bucket for results that `cdk destroy` leaves. */
export class Buckets extends Construct {
  readonly input: IBucket;
  readonly results: Bucket;

  constructor(scope: Construct, id: string, options: { inputBucket: string; versioning: boolean }) {
    super(scope, id);
    this.input = Bucket.fromBucketName(this, 'Input', options.inputBucket);
    const old: LifecycleRule = { id: 'old-versions', noncurrentVersionExpiration: Duration.days(30) };
    this.results = new Bucket(this, 'Results', {
      removalPolicy: RemovalPolicy.RETAIN,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: options.versioning,
      lifecycleRules: [
        // What a reducer that was killed leaves of a large CSV.
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ...(options.versioning ? [old] : []),
      ],
    });
    this.results.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
